// last: 97200 operations, 9600 bytes, 3 workgroups
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 400>;
var<workgroup> held1: array<f32, 400>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let row_thread = lane >> 3;
 let col_thread = lane & 7;
 var acc_0_0 = 0.0f;
 var acc_0_1 = 0.0f;
 var acc_0_2 = 0.0f;
 var acc_1_0 = 0.0f;
 var acc_1_1 = 0.0f;
 var acc_1_2 = 0.0f;
 var acc_2_0 = 0.0f;
 var acc_2_1 = 0.0f;
 var acc_2_2 = 0.0f;
 let i_0 = 400 * group + 20 * row_thread;
 let i_3 = row_thread + 8;
 let i_4 = 400 * group + 20 * i_3;
 let i_7 = min(row_thread + 16, 19);
 let i_8 = 400 * group + 20 * i_7;
 let i_11 = 400 * group + col_thread;
 let i_14 = col_thread + 8;
 let i_15 = 400 * group + i_14;
 let i_18 = min(col_thread + 16, 19);
 let i_19 = 400 * group + i_18;
 for (var k0_step = 0; k0_step < 5; k0_step += 1) {
  let i_1 = i_0 + 4 * k0_step;
  let f_2 = arg0[i_1];
  let i_5 = i_4 + 4 * k0_step;
  let f_6 = arg0[i_5];
  let i_9 = i_8 + 4 * k0_step;
  let f_10 = arg0[i_9];
  let i_12 = i_11 + 80 * k0_step;
  let f_13 = arg0[i_12];
  let i_16 = i_15 + 80 * k0_step;
  let f_17 = arg0[i_16];
  let i_20 = i_19 + 80 * k0_step;
  let f_21 = arg0[i_20];
  acc_0_0 += f_2 * f_13;
  acc_0_1 += f_2 * f_17;
  acc_0_2 += f_2 * f_21;
  acc_1_0 += f_6 * f_13;
  acc_1_1 += f_6 * f_17;
  acc_1_2 += f_6 * f_21;
  acc_2_0 += f_10 * f_13;
  acc_2_1 += f_10 * f_17;
  acc_2_2 += f_10 * f_21;
  let f_22 = arg0[i_1 + 1];
  let f_23 = arg0[i_5 + 1];
  let f_24 = arg0[i_9 + 1];
  let f_25 = arg0[i_12 + 20];
  let f_26 = arg0[i_16 + 20];
  let f_27 = arg0[i_20 + 20];
  acc_0_0 += f_22 * f_25;
  acc_0_1 += f_22 * f_26;
  acc_0_2 += f_22 * f_27;
  acc_1_0 += f_23 * f_25;
  acc_1_1 += f_23 * f_26;
  acc_1_2 += f_23 * f_27;
  acc_2_0 += f_24 * f_25;
  acc_2_1 += f_24 * f_26;
  acc_2_2 += f_24 * f_27;
  let f_28 = arg0[i_1 + 2];
  let f_29 = arg0[i_5 + 2];
  let f_30 = arg0[i_9 + 2];
  let f_31 = arg0[i_12 + 40];
  let f_32 = arg0[i_16 + 40];
  let f_33 = arg0[i_20 + 40];
  acc_0_0 += f_28 * f_31;
  acc_0_1 += f_28 * f_32;
  acc_0_2 += f_28 * f_33;
  acc_1_0 += f_29 * f_31;
  acc_1_1 += f_29 * f_32;
  acc_1_2 += f_29 * f_33;
  acc_2_0 += f_30 * f_31;
  acc_2_1 += f_30 * f_32;
  acc_2_2 += f_30 * f_33;
  let f_34 = arg0[i_1 + 3];
  let f_35 = arg0[i_5 + 3];
  let f_36 = arg0[i_9 + 3];
  let f_37 = arg0[i_12 + 60];
  let f_38 = arg0[i_16 + 60];
  let f_39 = arg0[i_20 + 60];
  acc_0_0 += f_34 * f_37;
  acc_0_1 += f_34 * f_38;
  acc_0_2 += f_34 * f_39;
  acc_1_0 += f_35 * f_37;
  acc_1_1 += f_35 * f_38;
  acc_1_2 += f_35 * f_39;
  acc_2_0 += f_36 * f_37;
  acc_2_1 += f_36 * f_38;
  acc_2_2 += f_36 * f_39;
 }
 let i_40 = col_thread + 20 * row_thread;
 held0[i_40] = acc_0_0;
 held0[i_14 + 20 * row_thread] = acc_0_1;
 if ((col_thread + 16) < 20) {
  held0[i_18 + 20 * row_thread] = acc_0_2;
 }
 held0[col_thread + 20 * i_3] = acc_1_0;
 held0[i_14 + 20 * i_3] = acc_1_1;
 if ((col_thread + 16) < 20) {
  held0[i_18 + 20 * i_3] = acc_1_2;
 }
 if ((row_thread + 16) < 20) {
  held0[col_thread + 20 * i_7] = acc_2_0;
  held0[i_14 + 20 * i_7] = acc_2_1;
  if ((col_thread + 16) < 20) {
   held0[i_18 + 20 * i_7] = acc_2_2;
  }
 }
 workgroupBarrier();
 let row_thread_1 = lane >> 3;
 let col_thread_1 = lane & 7;
 var acc1_0_0 = 0.0f;
 var acc1_0_1 = 0.0f;
 var acc1_0_2 = 0.0f;
 var acc1_1_0 = 0.0f;
 var acc1_1_1 = 0.0f;
 var acc1_1_2 = 0.0f;
 var acc1_2_0 = 0.0f;
 var acc1_2_1 = 0.0f;
 var acc1_2_2 = 0.0f;
 let i_49 = 20 * row_thread_1;
 let i_51 = row_thread_1 + 8;
 let i_52 = 20 * i_51;
 let i_54 = min(row_thread_1 + 16, 19);
 let i_55 = 20 * i_54;
 let i_57 = 400 * group + col_thread_1;
 let i_60 = col_thread_1 + 8;
 let i_61 = 400 * group + i_60;
 let i_64 = min(col_thread_1 + 16, 19);
 let i_65 = 400 * group + i_64;
 for (var k0_step_1 = 0; k0_step_1 < 5; k0_step_1 += 1) {
  let i_50 = i_49 + 4 * k0_step_1;
  let left1_0 = held0[i_50];
  let i_53 = i_52 + 4 * k0_step_1;
  let left1_1 = held0[i_53];
  let i_56 = i_55 + 4 * k0_step_1;
  let left1_2 = held0[i_56];
  let i_58 = i_57 + 80 * k0_step_1;
  let f_59 = arg0[i_58];
  let i_62 = i_61 + 80 * k0_step_1;
  let f_63 = arg0[i_62];
  let i_66 = i_65 + 80 * k0_step_1;
  let f_67 = arg0[i_66];
  acc1_0_0 += left1_0 * f_59;
  acc1_0_1 += left1_0 * f_63;
  acc1_0_2 += left1_0 * f_67;
  acc1_1_0 += left1_1 * f_59;
  acc1_1_1 += left1_1 * f_63;
  acc1_1_2 += left1_1 * f_67;
  acc1_2_0 += left1_2 * f_59;
  acc1_2_1 += left1_2 * f_63;
  acc1_2_2 += left1_2 * f_67;
  let f_68 = held0[i_50 + 1];
  let f_69 = held0[i_53 + 1];
  let f_70 = held0[i_56 + 1];
  let f_71 = arg0[i_58 + 20];
  let f_72 = arg0[i_62 + 20];
  let f_73 = arg0[i_66 + 20];
  acc1_0_0 += f_68 * f_71;
  acc1_0_1 += f_68 * f_72;
  acc1_0_2 += f_68 * f_73;
  acc1_1_0 += f_69 * f_71;
  acc1_1_1 += f_69 * f_72;
  acc1_1_2 += f_69 * f_73;
  acc1_2_0 += f_70 * f_71;
  acc1_2_1 += f_70 * f_72;
  acc1_2_2 += f_70 * f_73;
  let f_74 = held0[i_50 + 2];
  let f_75 = held0[i_53 + 2];
  let f_76 = held0[i_56 + 2];
  let f_77 = arg0[i_58 + 40];
  let f_78 = arg0[i_62 + 40];
  let f_79 = arg0[i_66 + 40];
  acc1_0_0 += f_74 * f_77;
  acc1_0_1 += f_74 * f_78;
  acc1_0_2 += f_74 * f_79;
  acc1_1_0 += f_75 * f_77;
  acc1_1_1 += f_75 * f_78;
  acc1_1_2 += f_75 * f_79;
  acc1_2_0 += f_76 * f_77;
  acc1_2_1 += f_76 * f_78;
  acc1_2_2 += f_76 * f_79;
  let f_80 = held0[i_50 + 3];
  let f_81 = held0[i_53 + 3];
  let f_82 = held0[i_56 + 3];
  let f_83 = arg0[i_58 + 60];
  let f_84 = arg0[i_62 + 60];
  let f_85 = arg0[i_66 + 60];
  acc1_0_0 += f_80 * f_83;
  acc1_0_1 += f_80 * f_84;
  acc1_0_2 += f_80 * f_85;
  acc1_1_0 += f_81 * f_83;
  acc1_1_1 += f_81 * f_84;
  acc1_1_2 += f_81 * f_85;
  acc1_2_0 += f_82 * f_83;
  acc1_2_1 += f_82 * f_84;
  acc1_2_2 += f_82 * f_85;
 }
 let i_86 = col_thread_1 + 20 * row_thread_1;
 held1[i_86] = acc1_0_0;
 held1[i_60 + 20 * row_thread_1] = acc1_0_1;
 if ((col_thread_1 + 16) < 20) {
  held1[i_64 + 20 * row_thread_1] = acc1_0_2;
 }
 held1[col_thread_1 + 20 * i_51] = acc1_1_0;
 held1[i_60 + 20 * i_51] = acc1_1_1;
 if ((col_thread_1 + 16) < 20) {
  held1[i_64 + 20 * i_51] = acc1_1_2;
 }
 if ((row_thread_1 + 16) < 20) {
  held1[col_thread_1 + 20 * i_54] = acc1_2_0;
  held1[i_60 + 20 * i_54] = acc1_2_1;
  if ((col_thread_1 + 16) < 20) {
   held1[i_64 + 20 * i_54] = acc1_2_2;
  }
 }
 workgroupBarrier();
 let i_98 = 400 * group;
 for (var at_2 = lane; at_2 < 400; at_2 += 64) {
  let i_95 = i32(u32(at_2) / 20u);
  out0[i_98 + at_2] = held1[at_2] * held1[i_95 + 20 * (at_2 - i_95 * 20)];
 }
}
