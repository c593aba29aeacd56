@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read> arg4: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(6) var<uniform> params: Params;
var<workgroup> handed_p: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 7) / 8) * 4) { return; }
 let i_1 = i32(u32(group) / 4u);
 let head = group - i_1 * 4;
 let row = lane >> 3;
 let place = lane & 7;
 let i_2 = row + 8 * i_1;
 let i_3 = min(i_2, tokens - 1);
 let i_4 = head >> 1;
 var sum_0 = 0.0f;
 var sum_1 = 0.0f;
 let i_5 = 8 * i_1;
 let i_7 = 2 * min(i_5, tokens - 1);
 let i_8 = arg2[i_7];
 let i_10 = select(40, select(i_8, 0, i_8 < 0), i_8 < 40);
 let i_11 = arg2[i_7 + 1];
 let i_13 = select(select(40, i_11 + 1, i_11 < 40), 0, i_11 < 0);
 let i_15 = 2 * min(i_5 + 1, tokens - 1);
 let i_16 = arg2[i_15];
 let i_18 = select(i_10, select(i_16, 0, i_16 < 0), i_16 < i_10);
 let i_19 = arg2[i_15 + 1];
 let i_21 = select(select(40, i_19 + 1, i_19 < 40), i_13, i_19 < i_13);
 let i_23 = 2 * min(i_5 + 2, tokens - 1);
 let i_24 = arg2[i_23];
 let i_26 = select(i_18, select(i_24, 0, i_24 < 0), i_24 < i_18);
 let i_27 = arg2[i_23 + 1];
 let i_29 = select(select(40, i_27 + 1, i_27 < 40), i_21, i_27 < i_21);
 let i_31 = 2 * min(i_5 + 3, tokens - 1);
 let i_32 = arg2[i_31];
 let i_34 = select(i_26, select(i_32, 0, i_32 < 0), i_32 < i_26);
 let i_35 = arg2[i_31 + 1];
 let i_37 = select(select(40, i_35 + 1, i_35 < 40), i_29, i_35 < i_29);
 let i_39 = 2 * min(i_5 + 4, tokens - 1);
 let i_40 = arg2[i_39];
 let i_42 = select(i_34, select(i_40, 0, i_40 < 0), i_40 < i_34);
 let i_43 = arg2[i_39 + 1];
 let i_45 = select(select(40, i_43 + 1, i_43 < 40), i_37, i_43 < i_37);
 let i_47 = 2 * min(i_5 + 5, tokens - 1);
 let i_48 = arg2[i_47];
 let i_50 = select(i_42, select(i_48, 0, i_48 < 0), i_48 < i_42);
 let i_51 = arg2[i_47 + 1];
 let i_53 = select(select(40, i_51 + 1, i_51 < 40), i_45, i_51 < i_45);
 let i_55 = 2 * min(i_5 + 6, tokens - 1);
 let i_56 = arg2[i_55];
 let i_58 = select(i_50, select(i_56, 0, i_56 < 0), i_56 < i_50);
 let i_59 = arg2[i_55 + 1];
 let i_61 = select(select(40, i_59 + 1, i_59 < 40), i_53, i_59 < i_53);
 let i_63 = 2 * min(i_5 + 7, tokens - 1);
 let i_64 = arg2[i_63];
 let i_67 = arg2[i_63 + 1];
 let i_70 = select(i_58, select(i_64, 0, i_64 < 0), i_64 < i_58) >> 3;
 let i_71 = (select(select(40, i_67 + 1, i_67 < 40), i_61, i_67 < i_61) + 7) >> 3;
 let i_85 = 2 * i_3;
 let i_86 = arg2[i_85];
 let i_87 = arg2[i_85 + 1];
 let f_89 = arg4[head + 4 * i_3];
 let i_91 = place + 8 * row;
 for (var block = i_70; block < i_71; block += 1) {
  let i_72 = 8 * block + place;
  var s = 0.0f;
  let i_73 = 16 * head + 64 * i_3;
  let i_76 = 32 * i_72 + 16 * i_4;
  for (var c_step = 0; c_step < 4 + (group >> 31); c_step += 1) {
   let i_74 = i_73 + 4 * c_step;
   let i_77 = i_76 + 4 * c_step;
   s += arg0[i_74] * arg1[i_77];
   s += arg0[i_74 + 1] * arg1[i_77 + 1];
   s += arg0[i_74 + 2] * arg1[i_77 + 2];
   s += arg0[i_74 + 3] * arg1[i_77 + 3];
  }
  let p = select(0.0f, exp(((s * 0.25f) - f_89)), (!(i_72 < i_86)) && (!(i_87 < i_72)));
  handed_p[i_91] = p;
  workgroupBarrier();
  let i_92 = 8 * block;
  let i_94 = 8 * row;
  let i_96 = 16 * i_4 + place;
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let left = handed_p[i_94 + u];
   let i_97 = i_96 + 32 * (i_92 + u);
   sum_0 += left * arg3[i_97];
   sum_1 += left * arg3[i_97 + 8];
  }
  workgroupBarrier();
 }
 let i_100 = 16 * head + 64 * i_3 + place;
 if (i_2 < tokens) {
  out[i_100] = sum_0;
  out[i_100 + 8] = sum_1;
 }
}
