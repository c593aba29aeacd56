@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> staged: array<f32, 2048>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 15;
 let i_1 = min(i_0, 40 - 1);
 let i_2 = i_0 + 16;
 let i_3 = min(i_2, 40 - 1);
 let i_4 = i_0 + 32;
 let i_5 = min(i_4, 40 - 1);
 let i_6 = i_0 + 48;
 let i_7 = min(i_6, 40 - 1);
 let i_8 = (lane >> 4) & 15;
 let i_9 = min(i_8, 33 - 1);
 let i_10 = i_8 + 16;
 let i_11 = min(i_10, 33 - 1);
 let i_12 = i_8 + 32;
 let i_13 = min(i_12, 33 - 1);
 let i_14 = i_8 + 48;
 let i_15 = min(i_14, 33 - 1);
 var acc_0 = vec4f();
 var acc_1 = vec4f();
 var acc_2 = vec4f();
 var acc_3 = vec4f();
 let i_16 = (lane >> 4) & 63;
 let i_18 = i_0 * 64 + i_16;
 let i_19 = lane + 256;
 let i_20 = i_19 & 15;
 let i_21 = (i_19 >> 4) & 63;
 let i_23 = i_20 * 64 + i_21;
 let i_24 = lane + 512;
 let i_25 = i_24 & 15;
 let i_26 = (i_24 >> 4) & 63;
 let i_28 = i_25 * 64 + i_26;
 let i_29 = lane + 768;
 let i_30 = i_29 & 15;
 let i_31 = (i_29 >> 4) & 63;
 let i_33 = i_30 * 64 + i_31;
 let i_34 = i_0 * 4;
 let i_36 = i_8 * 64 + i_34;
 let i_37 = 495 * group + 15 * min(0 + i_16, 33 - 1);
 let i_41 = 495 * group + 15 * min(0 + i_21, 33 - 1);
 let i_45 = 495 * group + 15 * min(0 + i_26, 33 - 1);
 let i_49 = 495 * group + 15 * min(0 + i_31, 33 - 1);
 let i_53 = 40 * group + min(0 + i_34, 40 - 4);
 for (var k0 = 0; k0 < 3; k0 += 1) {
  let i_38 = i_37 + 5 * k0;
  let i_42 = i_41 + 5 * k0;
  let i_46 = i_45 + 5 * k0;
  let i_50 = i_49 + 5 * k0;
  let i_54 = i_53 + 25600 * k0;
  for (var k1_first = 0; k1_first < 5; k1_first += 16) {
   workgroupBarrier();
   let k1_a0_at = k1_first + i_0;
   let k1_a0 = min(k1_a0_at, 5 - 1);
   staged[i_18] = select(0.0f, arg0[i_38 + k1_a0], k1_a0_at < 5);
   let k1_a1_at = k1_first + i_20;
   let k1_a1 = min(k1_a1_at, 5 - 1);
   staged[i_23] = select(0.0f, arg0[i_42 + k1_a1], k1_a1_at < 5);
   let k1_a2_at = k1_first + i_25;
   let k1_a2 = min(k1_a2_at, 5 - 1);
   staged[i_28] = select(0.0f, arg0[i_46 + k1_a2], k1_a2_at < 5);
   let k1_a3_at = k1_first + i_30;
   let k1_a3 = min(k1_a3_at, 5 - 1);
   staged[i_33] = select(0.0f, arg0[i_50 + k1_a3], k1_a3_at < 5);
   let k1_b0_at = k1_first + i_8;
   let k1_b0 = min(k1_b0_at, 5 - 1);
   let v_57 = select(vec4f(), arg1[(i_54 + 5120 * k1_b0) >> 2], k1_b0_at < 5);
   staged[i_36 + 1024] = v_57.x;
   staged[i_36 + 1025] = v_57.y;
   staged[i_36 + 1026] = v_57.z;
   staged[i_36 + 1027] = v_57.w;
   workgroupBarrier();
   for (var step = 0; step < 16; step += 4) {
    let at_a = step * 64 + i_8;
    let at_b = step * 64 + i_0;
    let v_66 = vec4f(staged[at_b + 1024], staged[at_b + 1040], staged[at_b + 1056], staged[at_b + 1072]);
    acc_0 = fma(vec4f(staged[at_a]), v_66, acc_0);
    acc_1 = fma(vec4f(staged[at_a + 16]), v_66, acc_1);
    acc_2 = fma(vec4f(staged[at_a + 32]), v_66, acc_2);
    acc_3 = fma(vec4f(staged[at_a + 48]), v_66, acc_3);
    let v_75 = vec4f(staged[at_b + 1088], staged[at_b + 1104], staged[at_b + 1120], staged[at_b + 1136]);
    acc_0 = fma(vec4f(staged[at_a + 64]), v_75, acc_0);
    acc_1 = fma(vec4f(staged[at_a + 80]), v_75, acc_1);
    acc_2 = fma(vec4f(staged[at_a + 96]), v_75, acc_2);
    acc_3 = fma(vec4f(staged[at_a + 112]), v_75, acc_3);
    let v_84 = vec4f(staged[at_b + 1152], staged[at_b + 1168], staged[at_b + 1184], staged[at_b + 1200]);
    acc_0 = fma(vec4f(staged[at_a + 128]), v_84, acc_0);
    acc_1 = fma(vec4f(staged[at_a + 144]), v_84, acc_1);
    acc_2 = fma(vec4f(staged[at_a + 160]), v_84, acc_2);
    acc_3 = fma(vec4f(staged[at_a + 176]), v_84, acc_3);
    let v_93 = vec4f(staged[at_b + 1216], staged[at_b + 1232], staged[at_b + 1248], staged[at_b + 1264]);
    acc_0 = fma(vec4f(staged[at_a + 192]), v_93, acc_0);
    acc_1 = fma(vec4f(staged[at_a + 208]), v_93, acc_1);
    acc_2 = fma(vec4f(staged[at_a + 224]), v_93, acc_2);
    acc_3 = fma(vec4f(staged[at_a + 240]), v_93, acc_3);
   }
  }
 }
 if (i_8 < 33) {
  if (i_0 < 40) {
   out[1320 * group + 40 * i_9 + i_1] = acc_0.x;
  }
  if (i_2 < 40) {
   out[1320 * group + 40 * i_9 + i_3] = acc_0.y;
  }
  if (i_4 < 40) {
   out[1320 * group + 40 * i_9 + i_5] = acc_0.z;
  }
  if (i_6 < 40) {
   out[1320 * group + 40 * i_9 + i_7] = acc_0.w;
  }
 }
 if (i_10 < 33) {
  if (i_0 < 40) {
   out[1320 * group + 40 * i_11 + i_1] = acc_1.x;
  }
  if (i_2 < 40) {
   out[1320 * group + 40 * i_11 + i_3] = acc_1.y;
  }
  if (i_4 < 40) {
   out[1320 * group + 40 * i_11 + i_5] = acc_1.z;
  }
  if (i_6 < 40) {
   out[1320 * group + 40 * i_11 + i_7] = acc_1.w;
  }
 }
 if (i_12 < 33) {
  if (i_0 < 40) {
   out[1320 * group + 40 * i_13 + i_1] = acc_2.x;
  }
  if (i_2 < 40) {
   out[1320 * group + 40 * i_13 + i_3] = acc_2.y;
  }
  if (i_4 < 40) {
   out[1320 * group + 40 * i_13 + i_5] = acc_2.z;
  }
  if (i_6 < 40) {
   out[1320 * group + 40 * i_13 + i_7] = acc_2.w;
  }
 }
 if (i_14 < 33) {
  if (i_0 < 40) {
   out[1320 * group + 40 * i_15 + i_1] = acc_3.x;
  }
  if (i_2 < 40) {
   out[1320 * group + 40 * i_15 + i_3] = acc_3.y;
  }
  if (i_4 < 40) {
   out[1320 * group + 40 * i_15 + i_5] = acc_3.z;
  }
  if (i_6 < 40) {
   out[1320 * group + 40 * i_15 + i_7] = acc_3.w;
  }
 }
}
